"""The entry that Streamlit runs: `fer app`, or ``streamlit run app/main.py``."""

from app import navigation

navigation.show()
