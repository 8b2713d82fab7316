"""docker-compose.prod.yml, whole, on SQLite and on PostgreSQL: every service in namespaces of its own, from the image that
nginx/Dockerfile makes, the server from Debian's package. And docker-compose.yml's one service, in the stage that has the tools and a first build."""

import http.client
import json
import os
import pickle
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import urlencode

from compose import Stack, resolve

context = Path(__file__).resolve().parents[2]
images, built = pickle.loads(Path(os.environ["GUICHET_IMAGE"]).read_bytes())
anyone = ssl._create_unverified_context()


def with_luhn_digit(digits):
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def report(prenom="Zoé"):
    return {"prenom": prenom, "age": "34", "email": "zoe@example.org", "telephone": "06 12 34 56 78",
            "cc-number": with_luhn_digit("497010" + "123456789"), "exp-date": "09/29", "zip-code": "75011", "banque": "LCL"}


class ProductionStack:
    """What holds whatever the database is; `engine` names it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="guichet-stack-")
        given = {"COMPOSE_PROFILES": cls.engine, "GUICHET_SECRETS": cls.folder.name + "/secrets",
                 "GUICHET_SUBMIT_RATE": "off", "GUICHET_VIEW_DATA_RATE": "off"}
        file = resolve(context / "docker-compose.prod.yml", os.environ | given)
        cls.stack = Stack(file, images, cls.folder.name, [cls.engine])
        code, text = cls.stack.run("setup")
        assert code == 0, text
        cls.stack.up()
        code, text = cls.stack.run("administrator")
        assert code == 0, text
        cls.password = text.split("password ")[1].split()[0]
        cls.address = cls.stack.containers["web"][0].addresses["front"]
        cls.log_in()

    @classmethod
    def log_in(cls):
        """With the password that was printed, which must be changed before anything else."""
        login = {"email": "admin@guichet.localhost", "password": cls.password}
        status, _, cookie = cls.exchange("POST", "/login", login, {"Sec-Fetch-Site": "same-origin"})
        assert status == 200, status
        cls.staff = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        assert cls.exchange("GET", "/view_data", headers=cls.staff)[0] == 403
        chosen = {"old": cls.password, "password": "correct cheval pile agrafe"}
        status, text, cookie = cls.exchange("POST", "/account/password", chosen, cls.staff)
        assert status == 204, text
        cls.staff["Cookie"] = cookie

    @classmethod
    def tearDownClass(cls):
        cls.stack.end()
        cls.folder.cleanup()

    @classmethod
    def exchange(cls, method, path, fields=None, headers=None):
        """The status, the text, and the cookie that was set."""
        connection = http.client.HTTPSConnection(cls.address, 443, context=anyone, timeout=20)
        body = urlencode(fields) if fields else None
        given = {"Accept": "application/json", **(headers or {})}
        if body:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, (answer.headers["Set-Cookie"] or "").split(";")[0]

    def ask(self, method, path, fields=None, headers=None):
        status, text, _ = self.exchange(method, path, fields, headers)
        return status, json.loads(text) if text.startswith("{") else text

    def headers(self, path):
        connection = http.client.HTTPSConnection(self.address, 443, context=anyone, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.headers

    def test_works_from_the_report_to_its_erasure(self):
        status, kept = self.ask("POST", "/submit", report())
        self.assertEqual(status, 201)
        self.assertGreaterEqual(self.ask("GET", "/stats")[1]["total"], 1)
        self.assertEqual(self.ask("GET", "/stats_jours")[1]["source"], "window")
        self.assertEqual(self.ask("GET", "/view_data")[0], 401)
        status, seen = self.ask("GET", f"/view_data/record?id={kept['id']}", headers=self.staff)
        self.assertEqual((status, seen["prenom"]), (200, "Zoé"))
        self.assertEqual(self.ask("POST", "/my_data", {"receipt": kept["receipt"]})[1]["prenom"], "Zoé")
        erasure = {"receipt": kept["receipt"], "confirmation": "effacer"}
        self.assertEqual(self.ask("POST", "/my_data/erase", erasure)[0], 200)
        self.assertEqual(self.ask("GET", f"/view_data/record?id={kept['id']}", headers=self.staff)[0], 404)
        self.assertEqual(self.ask("GET", "/css/guichet.css")[0], 200)

    def test_gives_an_agent_an_account(self):
        agent = {"email": "zoe@example.org", "name": "Zoé", "role": "agent"}
        status, made = self.ask("POST", "/account/users", agent, self.staff)
        self.assertEqual(status, 201, made)
        login = {"email": agent["email"], "password": made["password"]}
        self.assertEqual(self.ask("POST", "/login", login, {"Sec-Fetch-Site": "same-origin"})[1]["role"], "agent")
        code, text = self.stack.run("operator", ["users", "list"])
        self.assertEqual(code, 0, text)
        self.assertIn(agent["email"], text)

    def test_sends_plain_http_to_https(self):
        connection = http.client.HTTPConnection(self.address, 80, timeout=10)
        connection.request("GET", "/stats")
        answer = connection.getresponse()
        self.assertIn(answer.status, (301, 308))
        self.assertTrue(answer.headers["Location"].startswith("https://"))
        connection.close()

    def test_gives_no_process_more_than_it_needs(self):
        for container in self.stack.all():
            status = Path(f"/proc/{container.started.pid()}/status").read_text()
            fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            self.assertNotIn("0", fields["Uid"].split(), container.name)
            self.assertEqual(int(fields["CapEff"], 16), 0, container.name)
            self.assertEqual(int(fields["CapBnd"], 16), 0, container.name)
            self.assertEqual(fields["NoNewPrivs"], "1", container.name)
            for place in ("/", "/guichet", "/var/lib/guichet", "/var/lib/guichet/release"):
                self.assertNotEqual(container.enter(["touch", f"{place}/mark"])[0], 0, f"{container.name} {place}")
        for service in self.stack.file["services"].values():
            self.assertFalse(service.get("ports") and service is not self.stack.file["services"]["web"])

    def test_keeps_submit_from_the_reading_side(self):
        submit = self.stack.containers["submit"][0]
        view_data = self.stack.containers["view-data"][0]
        for name in ("intake.documents", "intake.public"):
            self.assertEqual(submit.enter(["test", "-s", f"/var/lib/guichet/keys/{name}"])[0], 0, name)
        for path in ("data/office/office.db", "data/erasures/erasures", "data/reading/lookup.db", "keys/intake.secret",
                     "keys/office.documents"):
            self.assertNotEqual(submit.enter(["test", "-s", f"/var/lib/guichet/{path}"])[0], 0, path)
        self.assertNotEqual(submit.enter(["getent", "hosts", "view-data"])[0], 0)
        address = view_data.addresses["view-data"]
        knock = ["timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{address}/9000"]
        self.assertNotEqual(submit.enter(knock)[0], 0)
        self.assertEqual(self.stack.containers["web"][0].enter(knock)[0], 0)  # the same knock where a door is

    def test_scales_submit_while_reports_come_in(self):
        web = self.stack.containers["web"][0]
        is_over, sent, failed = threading.Event(), [], []

        def send():
            while not is_over.is_set():
                status, kept = self.ask("POST", "/submit", report())
                (sent if status == 201 else failed).append(kept)

        before = self.ask("GET", "/stats")[1]["total"]
        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        self.stack.scale("submit", 4)
        code, text = web.enter(["nginx/container", "reload"])
        self.assertEqual(code, 0, text)
        # A browser that was told to insist could never get past the certificate that setup made.
        self.assertNotIn("Strict-Transport-Security", self.headers("/stats"))
        time.sleep(3)
        is_over.set()
        for sender in senders:
            sender.join()
        self.assertEqual(failed, [])
        self.assertEqual(self.ask("GET", "/stats")[1]["total"], before + len(sent))
        for container in self.stack.containers["submit"]:
            self.assertIn('"route":"/submit"', container.log.read_text(), f"{container.name} had no report")

    def test_serves_the_operator(self):
        code, text = self.stack.run("operator", ["keys", "check"])
        self.assertEqual(code, 0, text)

    def test_makes_nothing_twice(self):
        secrets = Path(self.stack.file["secrets"]["intake.documents"]["file"]).parent
        before = {file.name: file.read_bytes() for file in secrets.iterdir()}
        code, text = self.stack.run("setup")
        self.assertEqual(code, 0, text)
        self.assertEqual({file.name: file.read_bytes() for file in secrets.iterdir()}, before)
        code, text = self.stack.run("administrator")
        self.assertEqual((code, "password " in text.replace("lost password", "")), (0, False), text)

    def test_begins_on_no_other_engine(self):
        given = self.stack.file["services"]["setup"]["environment"]
        for other in ("mongodb", "postgresql", "sqlite", "", "mongodb,sqlite"):
            if other == self.engine:
                continue
            given["COMPOSE_PROFILES"] = other
            code, text = self.stack.run("setup")
            self.assertEqual(code, 1, text)
            self.assertIn("COMPOSE_PROFILES", text)
        given["COMPOSE_PROFILES"] = self.engine

    def comes_back(self, make, restore):
        """As an operator who follows nginx/README.md: a copy, other work, all down, the copy put back, all up."""
        kept = [self.ask("POST", "/submit", report(name))[1] for name in ("Zoé", "Noé")]
        before, window = self.ask("GET", "/stats")[1], self.ask("GET", "/stats_jours")[1]
        copy = make()
        later = self.ask("POST", "/submit", report("Chloé"))[1]
        self.stack.down()
        restore(copy)
        self.stack.up()
        type(self).address = self.stack.containers["web"][0].addresses["front"]

        self.assertEqual(self.ask("GET", "/stats")[1], before)
        self.assertEqual(self.ask("GET", "/stats_jours")[1]["total"], window["total"])
        for each, name in zip(kept, ("Zoé", "Noé")):
            status, seen = self.ask("GET", f"/view_data/record?id={each['id']}", headers=self.staff)
            self.assertEqual((status, seen.get("prenom")), (200, name))
            self.assertEqual(self.ask("POST", "/my_data", {"receipt": each["receipt"]})[1]["prenom"], name)
        self.assertEqual(self.ask("GET", f"/view_data/record?id={later['id']}", headers=self.staff)[0], 404)
        self.assertEqual(self.ask("POST", "/submit", report("Chloé"))[0], 201)
        self.assertEqual(self.ask("GET", "/stats")[1]["total"], before["total"] + 1)

    def test_tells_the_inside_how_it_does(self):
        web = self.stack.containers["web"][0]
        code, text = web.enter(["curl", "--silent", "http://127.0.0.1:9180/ready"])
        self.assertEqual((code, json.loads(text)["status"]), (0, "ready"), text)
        self.assertIn("guichet_requests_total", web.enter(["curl", "--silent", "http://127.0.0.1:9180/metrics"])[1])
        self.assertEqual(self.ask("GET", "/metrics")[0], 404)
        services = self.ask("GET", "/api/services-status")[1]["services"]
        self.assertEqual({service["status"] for service in services}, {"up"})
        handlers = [given for given in self.stack.file["services"].values() if "probe" in given.get("healthcheck", {}).get("test", [])]
        self.assertEqual(len(services), len(handlers))

    def test_tells_a_sick_handler(self):
        health = self.stack.containers["health"][0]
        self.assertTrue(health.is_healthy())
        subprocess.run(["kill", "-STOP", str(health.started.pid())], check=True)
        self.assertFalse(health.is_healthy())
        subprocess.run(["kill", "-CONT", str(health.started.pid())], check=True)
        self.assertTrue(health.is_healthy())

    def test_zz_keeps_what_it_has_over_a_restart(self):
        before = self.ask("GET", "/stats")[1]
        self.assertGreater(before["total"], 0)
        self.stack.down()
        self.stack.up()
        type(self).address = self.stack.containers["web"][0].addresses["front"]
        self.assertEqual(self.ask("GET", "/stats")[1], before)


class StackOnSqlite(ProductionStack, unittest.TestCase):
    engine = "sqlite"

    def test_puts_a_backup_back(self):
        def restore(name):
            key = "/var/lib/guichet/keys/backup.secret"
            code, text = self.stack.run("operator", ["restore", f"/var/lib/guichet/backups/{name}", "--key", key, "--replace"])
            self.assertEqual(code, 0, text)

        self.comes_back(self.make_backup, restore)

    def make_backup(self):
        code, text = self.stack.run("operator", ["backup"])
        self.assertEqual(code, 0, text)
        return max(file.name for file in (self.stack.volumes / "backups").glob("*.backup"))

    def test_has_no_server(self):
        self.assertNotIn("postgresql", self.stack.containers)
        self.assertTrue((self.stack.volumes / "intake/intake.db").stat().st_size)


class StackOnPostgresql(ProductionStack, unittest.TestCase):
    engine = "postgresql"

    def dumps(self, *words):
        code, text = self.stack.run("postgresql-dumps", list(words))
        self.assertEqual(code, 0, text)
        return text

    def psql(self, database, statement):
        server = self.stack.containers["postgresql"][0]
        code, text = server.enter(["psql", "-XAtqc", statement, "--username", "postgres", "--dbname", database])
        self.assertEqual(code, 0, text)
        return text.strip()

    def test_keeps_no_document_in_a_file(self):
        before = int(self.psql("intake", "SELECT count(*) FROM submission_view"))
        self.assertEqual(self.ask("POST", "/submit", report())[0], 201)
        self.assertEqual(int(self.psql("intake", "SELECT count(*) FROM submission_view")), before + 1)
        self.assertEqual(self.psql("office", "SELECT role FROM user_view WHERE role = 'administrator'"), "administrator")
        for path in ("intake/intake.db", "office/office.db"):
            self.assertFalse((self.stack.volumes / path).exists(), path)

    def test_lets_each_desk_into_its_own_database_alone(self):
        dumps = self.stack.containers["postgresql-dumps"][0]

        def enters(user, database, password):
            login = f'PGPASSWORD=$(cat /run/secrets/database.{password}) psql -XAtqc "SELECT 1" -h postgresql -U {user} -d {database}'
            code, text = dumps.enter(["bash", "-c", login])
            return code == 0 and text.strip() == "1"

        for desk, other in (("intake", "office"), ("office", "intake")):
            self.assertTrue(enters(desk, desk, desk))
            self.assertFalse(enters(desk, desk, other))
            self.assertFalse(enters(desk, other, desk))
            self.assertFalse(enters(desk, "postgres", desk))
            self.assertFalse(enters("postgres", desk, desk))

    def test_names_a_database_to_those_alone_who_need_it(self):
        of_intake = {"submit", "stats", "stats-jours", "view-data", "my-data", "ready", "sweep"}
        of_office = {"view-data", "audit", "login", "session", "password", "users", "sweep"}
        for container in self.stack.all():
            for desk, who in (("intake", of_intake), ("office", of_office)):
                code, _ = container.enter(["test", "-s", f"/var/lib/guichet/keys/{desk}.documents"])
                self.assertEqual(code == 0, container.service in who, f"{container.name} {desk}")
        for name in ("health", "services-status", "metrics", "redis"):
            self.assertNotEqual(self.stack.containers[name][0].enter(["getent", "hosts", "postgresql"])[0], 0, name)

    def test_shows_no_password(self):
        secrets = Path(self.stack.file["secrets"]["database.intake"]["file"]).parent
        passwords = [(secrets / f"database.{name}").read_text() for name in ("administrator", "intake", "office")]
        for password in passwords:
            self.assertGreater(len(password), 40)
            for log in self.stack.folder.glob("*.log"):
                self.assertNotIn(password, log.read_text(), log)
            for container in self.stack.all():
                pid = container.started.pid()
                for file in ("cmdline", "environ"):
                    self.assertNotIn(password.encode(), Path(f"/proc/{pid}/{file}").read_bytes(), container.name)

    def test_puts_a_dump_back(self):
        def make():
            name = self.dumps("now").split()[0]
            self.assertEqual(self.dumps("list").split()[-1], name)
            return name

        def restore(name):
            self.stack.scale("postgresql", 1)
            for desk in ("intake", "office"):
                self.psql(desk, "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner")
            self.assertIn(f"{name} is back", self.dumps("restore", name))
            self.stack.down()

        self.comes_back(make, restore)

    def test_puts_back_nothing_of_a_broken_dump(self):
        self.ask("POST", "/submit", report())
        name = self.dumps("now").split()[0]
        rows = "SELECT count(*) FROM submission_view"
        before, epoch = self.psql("intake", rows), self.psql("intake", "SELECT epoch FROM office")
        file = self.stack.volumes / "dumps" / name / "intake"
        os.truncate(file, file.stat().st_size - 200)
        self.assertNotEqual(self.stack.run("postgresql-dumps", ["restore", name])[0], 0)
        self.assertEqual((self.psql("intake", rows), self.psql("intake", "SELECT epoch FROM office")), (before, epoch))

    def test_lets_a_dump_expire(self):
        old = self.stack.volumes / "dumps/2020-01-01T000000Z"
        old.mkdir()
        os.chown(old, 999, 999)
        os.utime(old, (0, 0))
        self.dumps("now")
        self.assertFalse(old.exists())


class SetupForMongodb(unittest.TestCase):
    """What its server and the handlers read; the server itself does not run here."""

    def test_makes_credentials_for_their_users(self):
        with tempfile.TemporaryDirectory(prefix="guichet-stack-") as folder:
            given = {"COMPOSE_PROFILES": "mongodb", "GUICHET_SECRETS": f"{folder}/secrets"}
            file = resolve(context / "docker-compose.prod.yml", os.environ | given)
            stack = Stack(file, images, folder, ["mongodb"])
            code, text = stack.run("setup")
            stack.end()
            self.assertEqual(code, 0, text)
            secrets = Path(folder, "secrets")
            for name in ("key", "administrator", "intake", "office"):
                status = (secrets / f"database.{name}").stat()
                self.assertEqual((status.st_uid, status.st_mode & 0o777), (999, 0o400), name)
            # What mongod takes for a key file: 6 to 1024 characters of base 64.
            self.assertRegex((secrets / "database.key").read_text(), "^[A-Za-z0-9]{600,1024}$")
            for desk in ("intake", "office"):
                password = (secrets / f"database.{desk}").read_text()
                self.assertEqual((secrets / f"{desk}.documents").read_text().strip(),
                                 f"mongodb://{desk}:{password}@mongodb:27017/{desk}?replicaSet=guichet")
                self.assertEqual((secrets / f"{desk}.documents").stat().st_mode & 0o777, 0o440)
            self.assertFalse((stack.volumes / "intake/intake.db").exists())


class DevelopmentStack(unittest.TestCase):
    def test_builds_and_replaces_what_a_change_concerns(self):
        service = resolve(context / "docker-compose.yml", os.environ)["services"]["office"]
        template = built.root / "guichet/templates/intake/submit.mustache"
        before = template.read_text()
        with tempfile.TemporaryFile() as log:
            office = built.root.start(service["command"], log, directory=built.directory,
                                      environment={**service["environment"], "GUICHET_PORT": "8080"})
            try:
                self.assertTrue(self.is_shown("<form", 120), "nginx/develop does not come up")
                template.write_text(before + "<!-- changed -->\n")
                self.assertTrue(self.is_shown("<!-- changed -->", 60), self.words(log))
                template.write_text(before + "{{#unclosed}}\n")
                time.sleep(5)
                self.assertTrue(self.is_shown("<!-- changed -->", 10), "a mistake takes nothing down")
            finally:
                template.write_text(before)
                office.stop()

    @staticmethod
    def words(log):
        log.seek(0)
        return log.read().decode()[-3000:]

    @staticmethod
    def is_shown(words, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=5)
                connection.request("GET", "/")
                shown = connection.getresponse().read().decode()
                connection.close()
                if words in shown:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.2)
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
