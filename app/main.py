"""The entry that Streamlit runs: `fer app`, or ``streamlit run app/main.py``.

The file is read twice: once as a module by the server, which finds the application in it, and then, at every click, as
the script that draws the page.
"""

if __name__ == "__main__":
    from app import navigation

    navigation.show()
else:
    from pathlib import Path

    from starlette.middleware import Middleware
    from streamlit.starlette import App

    from app import classroom
    from app.links import StraightLinks

    # The absolute path: the script must be found from wherever the server was started.
    streamlit_app = App(Path(__file__).resolve(), middleware=[*classroom.guards(), Middleware(StraightLinks)])
