"""How to sound: from a customer's words to the agent's delivery."""
