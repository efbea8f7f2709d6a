"""The tracker's pages, asked for as a browser without JavaScript would."""
