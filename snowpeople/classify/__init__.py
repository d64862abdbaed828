"""Pictures from wherever a user names them, classified in order as they come: what `snowpeople classify` does."""
