"""The parts of the picture generator behind `snowpeople.drawing`."""
