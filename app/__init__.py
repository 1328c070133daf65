"""The dashboard: views draw pages from components, components ask services and charts; services know `fer_core`."""
