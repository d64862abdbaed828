"""Snowpeople beside the stock way of publishing a fastai model: the same weights, machine and run (`make bench`)."""
