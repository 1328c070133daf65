from typing import Annotated
import typer
from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, group
app = group("Demo of things.", default="go")
@command(app)
def go(n: Annotated[int, typer.Option(help="N.")] = 3) -> Answer:
    """Go there.

    Args:
        n: what
    """
    print("noise")
    import os; os.system("echo childnoise")
    if n == 4: raise ValueError("n must not be 4,\ngot 4")
    if n == 5: open("/nope/x")
    if n == 6: 1/0
    if n == 7: raise KeyboardInterrupt
    import numpy as np
    return Answer({"n": n, "x": np.array([1, np.nan]), "f": np.float32(2)}, "n\n" * 100000)
