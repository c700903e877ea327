from collections.abc import Iterable, Sequence

class Hypothesis:
    hypstr: str
    score: float
    prob: float

class Segment:
    word: str
    start_frame: int
    end_frame: int
    ascore: float
    lscore: float
    prob: float

class FsgModel: ...

class Decoder:
    def __init__(
        self,
        *,
        hmm: str | None = ...,
        lm: str | None = ...,
        dict: str | None = ...,
        bestpath: bool = ...,
        loglevel: str = ...,
        **options: float | str | bool,
    ) -> None: ...
    def add_word(self, word: str, phones: str, update: bool = ...) -> int: ...
    def create_fsg(
        self,
        name: str,
        start_state: int,
        final_state: int,
        transitions: Sequence[tuple[int, int, float, str] | tuple[int, int, float]],
    ) -> FsgModel: ...
    def add_fsg(self, name: str, fsg: FsgModel) -> None: ...
    def add_allphone_file(self, name: str, lmfile: str | None = ...) -> None: ...
    def activate_search(self, search_name: str | None = ...) -> None: ...
    def reinit_feat(self) -> None: ...
    def start_utt(self) -> None: ...
    def process_raw(self, data: bytes, no_search: bool = ..., full_utt: bool = ...) -> None: ...
    def end_utt(self) -> None: ...
    def hyp(self) -> Hypothesis | None: ...
    def seg(self) -> Iterable[Segment]: ...

def get_model_path(subpath: str | None = ...) -> str: ...
