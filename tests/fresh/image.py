"""image.py DEBIAN FOLDER: builds the image of nginx/Dockerfile below FOLDER, and what it is built in, on a minimal Debian."""

import pickle
import sys
from pathlib import Path

from dockerfile import build

context = Path(__file__).resolve().parents[2]
debian, folder = sys.argv[1:]
image, built = build(context, "nginx/Dockerfile", debian, folder)
Path(folder, "image").write_bytes(pickle.dumps((image, built)))
