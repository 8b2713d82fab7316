"""docker-compose.prod.yml, whole: every service in namespaces of its own, from the image that nginx/Dockerfile makes.
And docker-compose.yml's one service, in the stage that has the tools and a first build."""

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
image, built = pickle.loads(Path(os.environ["GUICHET_IMAGE"]).read_bytes())
anyone = ssl._create_unverified_context()


def with_luhn_digit(digits):
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def report(prenom="Zoé"):
    return {"prenom": prenom, "age": "34", "email": "zoe@example.org", "telephone": "06 12 34 56 78",
            "cc-number": with_luhn_digit("497010" + "123456789"), "exp-date": "09/29", "zip-code": "75011", "banque": "LCL"}


class ProductionStack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="guichet-stack-")
        os.environ["GUICHET_SECRETS"] = cls.folder.name + "/secrets"
        os.environ["GUICHET_SUBMIT_RATE"] = os.environ["GUICHET_VIEW_DATA_RATE"] = "off"
        cls.stack = Stack(resolve(context / "docker-compose.prod.yml", os.environ), image, cls.folder.name)
        code, text = cls.stack.run("setup")
        assert code == 0, text
        cls.password = text.split("password ")[1].split()[0]
        cls.stack.up()
        cls.address = cls.stack.containers["web"][0].addresses["front"]
        cls.log_in()

    @classmethod
    def log_in(cls):
        """With the password that setup printed, which must be changed before anything else."""
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
        cls.stack.down()
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
        self.assertEqual(submit.enter(["test", "-s", "/var/lib/guichet/data/intake/intake.db"])[0], 0)
        for path in ("data/office/office.db", "data/erasures/erasures", "data/reading/lookup.db", "keys/intake.secret"):
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
        code, text = self.stack.run("operator", ["backup"])
        self.assertEqual(code, 0, text)
        self.assertTrue(any((self.stack.volumes / "backups").iterdir()))

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
