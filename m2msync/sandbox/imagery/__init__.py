"""What the files contain: drawn bands, GeoTIFF, JPEG, metadata texts and bundles."""
