"""Runs a compose file without an engine: docker-compose resolves and judges it, then each container is a process in a
copy of its image's root, with the networks, volumes, secrets, users and capabilities that the file gives it and no others.
Begins in a network namespace of its own: nothing of it meets this machine's network."""

import os
import signal
import subprocess
import time
from pathlib import Path

import yaml


def resolve(file, environment):
    """The file as docker-compose reads it; raises when its schema does not hold."""
    ended = subprocess.run(["docker-compose", "--file", str(file), "config"], env=environment, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ended.returncode:
        raise SystemExit(f"{file}: {ended.stderr}")
    return yaml.safe_load(ended.stdout)


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Container:
    def __init__(self, stack, service, number):
        self.stack, self.service = stack, service
        self.name = f"{service}-{number}"
        self.given = stack.file["services"][service]
        self.image = stack.images[self.given["image"]]
        self.hosts = stack.folder / f"{self.name}.hosts"
        self.log = stack.folder / f"{self.name}.log"
        self.addresses = {}
        self.started = None

    def connect(self):
        """A namespace of its own, joined to the bridge of each network that the file names, and to no other."""
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        if "sysctls" in self.given:
            for key, value in self.given["sysctls"].items():
                subprocess.run(["ip", "netns", "exec", self.name, "sysctl", "-qw", f"{key}={value}"], check=True)
        for network in self.given.get("networks", {}):
            subnet, last = self.stack.next_address(network)
            outer, inner = f"v{self.stack.links}", f"eth{len(self.addresses)}"
            self.stack.links += 1
            ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", self.name)
            ip("link", "set", outer, "master", f"n{subnet}", "up")
            self.addresses[network] = f"10.9.{subnet}.{last}"
            ip("-n", self.name, "address", "add", f"{self.addresses[network]}/24", "dev", inner)
            ip("-n", self.name, "link", "set", inner, "up")

    def volume(self, name, target):
        """A new one belongs to whom its place in the image belongs to."""
        folder = self.stack.volumes / name
        if not folder.exists():
            folder.mkdir(parents=True)
            place = self.image.root / target
            if place.is_dir():
                os.chown(folder, place.stat().st_uid, place.stat().st_gid)
                folder.chmod(place.stat().st_mode & 0o7777)
        return folder

    def options(self):
        given, stack = self.given, self.stack
        binds = [(str(self.hosts), "/etc/hosts", "ro")]
        for volume in given.get("volumes", []):
            source, target, *mode = volume.split(":") if isinstance(volume, str) else (volume["source"], volume["target"])
            source = self.volume(source, target) if source in stack.file["volumes"] else Path(source)
            if not source.exists():
                source.mkdir(parents=True)
            binds.append((str(source), target, mode[0] if mode else "rw"))
        for secret in given.get("secrets", []):
            target = secret.get("target", f"/run/secrets/{secret['source']}")
            binds.append((stack.file["secrets"][secret["source"]]["file"], target, "ro"))
        assert given["cap_drop"] == ["ALL"]
        return {
            "user": given.get("user", self.image.user),
            "directory": self.image.directory,
            "environment": self.image.environment
            | {k: str(v) for k, v in given.get("environment", {}).items() if v is not None},
            "binds": binds,
            "tmpfs": given.get("tmpfs", []),
            "read_only": given.get("read_only", False),
            "capabilities": given.get("cap_add", []),
            "no_new_privileges": "no-new-privileges:true" in given.get("security_opt", []),
            "network": self.name,
        }

    def words(self):
        return given_list(self.given.get("entrypoint", self.image.entrypoint)) + given_list(
            self.given.get("command", []))

    def start(self):
        with open(self.log, "ab") as log:
            self.started = self.image.root.start(self.words(), log, **self.options())

    def enter(self, command, user=None):
        """Runs a command beside the container's process; its exit code and what it printed."""
        user = (user or self.given.get("user", "root")).partition(":")[0]
        ended = subprocess.run(
            ["nsenter", "--target", str(self.started.pid()), "--mount", "--net", "--pid", "--root", "--wd",
             "setpriv", "--reuid", user, "--regid", str(self.image.root.numbers_of(user)[1]), "--init-groups",
             "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
             "env", *[f"{k}={v}" for k, v in self.options()["environment"].items()], *command],
            stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return ended.returncode, ended.stdout

    def is_healthy(self):
        test = self.given["healthcheck"]["test"]
        assert test[0] == "CMD"
        return self.started.pid() and self.enter(test[1:])[0] == 0

    def stop(self):
        if self.started:
            self.started.stop(number=signal.Signals[self.given.get("stop_signal", "SIGTERM")])
        ip("netns", "delete", self.name)


def given_list(value):
    return value if isinstance(value, list) else [value]


class Stack:
    """The services of a compose file that have one of the profiles, or none. `images`: by their names."""

    def __init__(self, file, images, folder, profiles=()):
        self.file, self.images, self.folder, self.profiles = file, images, Path(folder), set(profiles)
        self.volumes = self.folder / "volumes"
        self.containers = {}
        self.links = 0
        self.subnets = {name: number for number, name in enumerate(file["networks"], 1)}
        self.last = dict.fromkeys(file["networks"], 1)
        for number in self.subnets.values():
            ip("link", "add", f"n{number}", "type", "bridge")
            ip("address", "add", f"10.9.{number}.1/24", "dev", f"n{number}")
            ip("link", "set", f"n{number}", "up")

    def next_address(self, network):
        self.last[network] += 1
        return self.subnets[network], self.last[network]

    def all(self):
        return [container for replicas in self.containers.values() for container in replicas]

    def hosts_of(self, container):
        """What the engine's name server tells: a service's name is the addresses of its replicas, on shared networks."""
        lines = ["127.0.0.1 localhost"]
        for other in self.all():
            lines += [f"{address} {other.service}" for network, address in other.addresses.items()
                      if network in container.addresses and other.service != container.service]
        return "\n".join(lines) + "\n"

    def write_hosts(self):
        for container in self.all():
            container.hosts.write_text(self.hosts_of(container))

    def run(self, service, command=None):
        """One container to its end; its exit code and what it printed."""
        container = Container(self, service, "once")
        container.connect()
        container.hosts.write_text(self.hosts_of(container))
        words = container.words() if command is None else given_list(container.given.get(
            "entrypoint", container.image.entrypoint)) + command
        try:
            return container.image.root.ask(words, **container.options())
        finally:
            container.stop()

    def scale(self, service, count):
        """Starts or stops replicas of one service until there are so many, and waits until each is healthy."""
        replicas = self.containers.setdefault(service, [])
        while len(replicas) > count:
            replicas.pop().stop()
        new = []
        while len(replicas) < count:
            container = Container(self, service, len(replicas) + 1)
            container.connect()
            replicas.append(container)
            new.append(container)
        self.write_hosts()
        for container in new:
            container.start()
        for container in new:
            self.await_health(container)

    def await_health(self, container):
        if "healthcheck" not in container.given:
            return
        deadline = time.monotonic() + 120
        while not container.is_healthy():
            if container.started.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{container.name} is not healthy:\n{container.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def up(self):
        """Starts every service that its profile does not hold back, each after those that it depends on. One that is awaited
        to its end comes after those that stay: it may wait for them."""
        services = {name: given for name, given in self.file["services"].items()
                    if "profiles" not in given or self.profiles & set(given["profiles"])}
        awaited = {name for given in services.values() for name, wish in given.get("depends_on", {}).items()
                   if wish["condition"] == "service_completed_successfully"}
        finished = set()
        while len(finished) < len(services):
            ready = [name for name, given in services.items()
                     if name not in finished and set(given.get("depends_on", {})) <= finished]
            name = min(ready, key=lambda each: each in awaited)
            finished.add(name)
            if name in awaited:
                code, text = self.run(name)
                if code:
                    raise SystemExit(f"{name} failed:\n{text}")
            else:
                self.scale(name, int(services[name].get("deploy", {}).get("replicas", 1)))

    def down(self):
        for container in reversed(self.all()):
            container.stop()
        self.containers = {}

    def end(self):
        self.down()
        for number in self.subnets.values():
            ip("link", "delete", f"n{number}")
