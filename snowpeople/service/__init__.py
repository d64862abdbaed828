"""A classifier as a JSON service: pictures in, predictions out, within limits (``snowpeople serve``).

From bytes to an answer, a module each: ``connection`` (HTTP), ``guard`` (key and rate), ``body`` (bytes, limited),
``pictures`` (what a body asks), ``batcher`` (decoding and the model, for all requests together), ``app`` (the paths).
"""
