"""The dashboard: views draw pages from components, components ask services and charts, services alone know `fer_core`."""
