"""Runs a Dockerfile's steps without an engine: each stage is a root file system of its own."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

from root import Root


def instructions(text):
    """(name, rest) of each instruction; comments dropped, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        yield name.upper(), rest.strip()


class Stage:
    def __init__(self, root):
        self.root = root
        self.directory = "/"
        self.environment = {}
        self.user = "root"
        self.entrypoint = []


def context_files(context):
    ignored = {line.strip() for line in (Path(context) / ".dockerignore").read_text().splitlines()}
    return [path for path in sorted(Path(context).iterdir()) if path.name not in ignored]


def copy(stage, sources, target, from_root, context):
    into = target.endswith("/") or len(sources) > 1 or target == "."
    place = stage.root / (Path(stage.directory) / target)
    for source in sources:
        paths = [from_root / source] if from_root else context_files(context) if source == "." else [Path(context) / source]
        for path in paths:
            within = place / path.name if into else place
            within.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, within, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(path, within)


def build(context, dockerfile, debian, folder):
    """Builds every stage below `folder`; the last one, and that named `build`. `debian`: the archive that FROM names."""
    stages = {}
    stage = None
    for name, rest in instructions(Path(context, dockerfile).read_text()):
        if name == "FROM":
            words = rest.split()
            path = Path(folder) / f"stage{len(stages)}"
            root = stages[words[0]].root.copy(path) if words[0] in stages else Root.from_archive(debian, path)
            stage = Stage(root)
            if words[0] in stages:
                stage.directory, stage.environment = stages[words[0]].directory, dict(stages[words[0]].environment)
            stages[words[2] if len(words) == 3 else str(len(stages))] = stage
        elif name == "WORKDIR":
            stage.directory = rest
            (stage.root / rest).mkdir(parents=True, exist_ok=True)
        elif name == "ENV":
            stage.environment |= dict(word.split("=", 1) for word in shlex.split(rest))
        elif name == "USER":
            stage.user = rest
        elif name == "ENTRYPOINT":
            stage.entrypoint = json.loads(rest)
        elif name == "COPY":
            words = shlex.split(rest)
            from_root = stages[words.pop(0).removeprefix("--from=")].root if words[0].startswith("--from=") else None
            copy(stage, words[:-1], words[-1], from_root, context)
        elif name == "RUN":
            print(f"RUN {rest}", flush=True)
            stage.root.run(["/bin/sh", "-c", rest], directory=stage.directory, environment=stage.environment,
                           user=stage.user)
        else:
            raise SystemExit(f"{dockerfile}: {name} is not known here: teach it to tests/fresh/dockerfile.py")
    return stage, stages["build"]
