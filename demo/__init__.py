"""A fictional district, Exempelvik, archived before your eyes: `make demo`. Nothing here is part of the product."""
