"""What customers say beside their questions: the part of a closed grammar that no knowledge base holds."""

from __future__ import annotations

COMMON = (
    # greetings, thanks, farewells
    "你好", "您好", "早上好", "下午好", "谢谢", "谢谢你", "非常感谢", "再见", "拜拜", "好的谢谢",
    "hello", "good morning", "good afternoon", "thank you", "thank you very much", "thanks a lot", "goodbye",
    "bye bye",
    # grievances
    "等了一个小时了", "我等了半天了", "太慢了", "你们太慢了", "服务太差了", "我要投诉", "怎么还没好",
    "i have been waiting for an hour", "this is too slow", "this is taking too long", "i want to complain",
    "the service is terrible",
    # worries and emergencies
    "我好害怕", "我很担心", "我很着急", "怎么办", "救命", "有人晕倒了", "我的包丢了",
    "i am scared", "i am worried", "i am lost", "help me", "please help me", "somebody fainted",
    "i lost my bag",
    # a person, please
    "转人工", "我要转人工", "我要找工作人员", "叫你们经理来",
    "i want to talk to a person", "can i speak to somebody", "call the manager",
    # not understood
    "我不明白", "我听不懂", "i do not understand", "what do you mean",
)  # fmt: skip
"""Spoken forms, without punctuation."""
