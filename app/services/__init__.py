"""The app's only door to `fer_core`: every cache and every lock of the dashboard lives here."""
