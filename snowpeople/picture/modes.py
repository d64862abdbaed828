"""Pillow's many modes to plain RGB."""

from PIL import Image


def to_rgb(image: Image.Image) -> Image.Image:
    """Return an image in RGB: transparent parts on white, 16 and 32 bits scaled rather than clipped.

    Where there is nothing to do, that is the same image.
    """
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _eight_bits(image).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB") if image.mode != "RGB" else image
    if image.mode == "La":
        image = image.convert("LA")  # Pillow has no direct way
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    rgb = Image.new("RGB", image.size, "white")
    rgb.paste(image, mask=image)
    return rgb


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 bits, 32 bits or floats, scaled to 8 bits: Pillow's own conversion clips."""
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    else:
        low, high = (float(value) for value in image.getextrema() if isinstance(value, int | float))
        # A usual range is taken as it is meant; only others are stretched.
        for usual in (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0):
            if low >= 0 and high <= usual:
                low, high = 0.0, usual
                break
    if image.mode not in ("I;16", "F"):
        image = image.convert("I").convert("F")  # beyond 16 bits, only floats keep what scaling needs
    scale = 255 / (high - low) if high > low else 1.0
    return image.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")
