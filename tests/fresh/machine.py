"""machine.py DEBIAN CLONE FOLDER: both README commands on a minimal Debian with a clean clone and nothing else of ours.

nginx/up by root, and by a user with sudo; then tests/run. Within its own process namespace, on this machine's loopback."""

import subprocess
import sys
from pathlib import Path

from root import Root

debian, clone, folder = sys.argv[1:]


def prove(sentence, root, command, **given):
    print(f"-- {sentence}", flush=True)
    code, text = root.ask(["bash", "-euo", "pipefail", "-c", command], directory="/srv/guichet", **given)
    print("\n".join(f"   {line}" for line in text.splitlines()[-25:]), flush=True)
    if code:
        raise SystemExit(f"machine: {sentence}: it ended with {code}")


def machine(name):
    root = Root.from_archive(debian, Path(folder) / name)
    subprocess.run(["cp", "--archive", clone, str(root / "/srv/guichet")], check=True)
    return root


works = """
nginx/up
curl --fail --silent http://127.0.0.1:8080/health
nginx/up | grep 'already up'
curl --fail --silent http://127.0.0.1:8080/ | grep --quiet '<form'
nginx/guichet keys check
nginx/down | grep 'is down'
"""
by_root = machine("root")
prove("nginx/up by root", by_root, works)

by_user = machine("user")
prove("a user with sudo", by_user, """
apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends sudo
useradd --create-home visitor
echo 'visitor ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/visitor
chown --recursive visitor: /srv/guichet
""")
prove("nginx/up by a user with sudo", by_user, works, user="visitor", environment={"HOME": "/home/visitor"})

prove("tests/run by root", by_root, "tests/run")
