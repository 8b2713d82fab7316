"""image.py DEBIAN FOLDER: builds the image of nginx/Dockerfile below FOLDER, and what it is built in, on a minimal Debian;
and one that stands for postgres:15."""

import pickle
import sys
from pathlib import Path

import postgresql
from dockerfile import build

context = Path(__file__).resolve().parents[2]
debian, folder = sys.argv[1:]
server = postgresql.make(debian, Path(folder) / "postgresql")
image, built = build(context, "nginx/Dockerfile", debian, folder)
Path(folder, "image").write_bytes(pickle.dumps(({"guichet": image, "postgres:15": server}, built)))
