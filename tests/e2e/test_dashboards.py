"""deploy/: every query of every dashboard has data, every alert has a page and a receiver, and alerts reach people."""

import datetime
import json
import math
import pathlib
import re
import signal
import socket
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import DEADLINE_S, Case, wait_until

ROOT = pathlib.Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = ROOT / "build/observability/usr/bin"
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$agent": ".*", "$price": "0.01"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, body=None):
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as reply:
            return json.loads(reply.read() or "null")
    except (urllib.error.URLError, ConnectionError):
        return None  # not there yet


def alerts():
    text = (DEPLOY / "prometheus/alerts.yml").read_text()
    one = r"- alert: (\w+)\n.*?labels: \{severity: (\w+), component: (\w+)\}.*?runbook_url: (\S+)"
    found = re.findall(one, text, re.S)
    assert len(found) == text.count("- alert:"), "an alert lacks labels or a page"
    return found


class Dashboards(Case):
    def start(self, program, *arguments):
        self.assertTrue((TOOLS / program).exists(), "first: sh tests/observability/install.sh")
        port = free_port()
        log = open(self.folder / f"{program}.log", "w")
        # Its templates are looked for where the package would have put them.
        place = ["bwrap", "--die-with-parent", "--ro-bind", "/", "/", "--tmpfs", "/usr/share", "--ro-bind",
                 TOOLS.parent / "share/prometheus", "/usr/share/prometheus", "--bind", self.folder, self.folder]
        process = subprocess.Popen(
            [*place, TOOLS / program, f"--web.listen-address=127.0.0.1:{port}", *arguments], stdout=log, stderr=log)

        def end():
            process.send_signal(signal.SIGTERM)
            process.wait()
            log.close()

        self.addCleanup(end)
        return f"http://127.0.0.1:{port}"

    def load(self, server):
        for _ in range(3):
            self.assertEqual(server.run("good")["status"], "SUCCESS")
            self.assertEqual(server.run("bad")["status"], "FAILED")
            gated = server.post("/api/workflows/gated/trigger").json["id"]
            (approval,) = server.get(f"/api/approvals?workflowRunId={gated}&status=PENDING").json
            server.post(f"/api/approvals/{approval['id']}/approve", {})
            server.wait_for_status(gated, "SUCCESS")
            server.get("/api/runs/none")

    def test_every_query_has_data(self):  # pitfalls D1, D2, D3; features 90, 94, 95
        server = self.serve()
        self.register(server, "worker", "echo '{\"n\": 1}'\n")
        self.register(server, "broken", "exit 3\n")
        work = {"agent": "worker", "action": "work", "input": {}}
        fails = {"agent": "broken", "action": "work", "input": {}, "retry": {"attempts": 2, "backoffMs": 1}}
        self.create(server, {"name": "good", "trigger": "manual", "nodes": [{"id": "n", **work}]})
        self.create(server, {"name": "bad", "trigger": "manual", "nodes": [{"id": "n", **fails}]})
        gate = {"id": "n", "transform": {}, "approval": True}
        self.create(server, {"name": "gated", "trigger": "manual", "nodes": [gate]})
        for rules in ("objectives.yml", "alerts.yml"):
            text = (DEPLOY / "prometheus" / rules).read_text()
            self.write(rules, re.sub(r"interval: \d+[ms]", "interval: 1s", text))
        config = (DEPLOY / "prometheus/prometheus.yml").read_text()
        config = config.replace("127.0.0.1:9464", f"127.0.0.1:{server.port}").replace("15s", "1s")
        path = self.write("prometheus.yml", config)
        prometheus = self.start("prometheus", f"--config.file={path}", f"--storage.tsdb.path={self.folder}/series")

        def query(expression):
            reply = ask(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
            return reply["data"]["result"] if reply and reply["status"] == "success" else []

        self.load(server)
        wait_until(lambda: query("workflow_runs_total > 0"), "a first scrape")
        self.load(server)  # a rate is seen between two scrapes
        wait_until(lambda: query("sum(increase(agent_retry_count[1m])) > 0 and sum(slo:burn) >= 0"), "a second one")

        asked = 0
        for board in sorted((DEPLOY / "grafana/dashboards").glob("*.json")):
            for panel in json.loads(board.read_text())["panels"]:
                for target in panel["targets"]:
                    expression = target["expr"]
                    for name, value in VARIABLES.items():
                        expression = expression.replace(name, value)
                    values = [float(sample["value"][1]) for sample in query(expression)]
                    what = f"{board.stem}: {panel['title']}: {expression}"
                    self.assertTrue(any(math.isfinite(value) for value in values), what)
                    asked += 1
        self.assertGreater(asked, 35)
        # What is counted is what happened.
        self.assertEqual(query('sum(workflow_runs_total{workflow_name="bad", status="FAILED"})')[0]["value"][1], "6")
        self.assertEqual(query('slo:objective{slo="workflow-success"}')[0]["value"][1], "0.99")
        firing = query('count(ALERTS{alertstate="firing", alertname!~".*SLO"}) or vector(0)')
        self.assertEqual(firing[0]["value"][1], "0")

    def test_every_source_of_a_dashboard_is_provisioned(self):  # pitfall D1
        provisioned = set(
            re.findall(r"uid: (\w+)", (DEPLOY / "grafana/provisioning/datasources/commandcenter.yaml").read_text()))
        titles = []
        for board in (DEPLOY / "grafana/dashboards").glob("*.json"):
            text = board.read_text()
            titles.append(json.loads(text)["title"])
            self.assertLessEqual(set(re.findall(r'"type": "prometheus",\s*"uid": "([^"]+)"', text)), provisioned)
        self.assertEqual(sorted(titles), ["Agent Performance", "Cost Tracking", "SLO Overview", "System Health",
                                          "Workflow Overview"])

    def test_rules_begin_and_end(self):  # pitfalls D4, D5; feature 91
        for arguments in (["check", "config", DEPLOY / "prometheus/prometheus.yml"],
                          ["test", "rules", ROOT / "tests/observability/alerts_test.yml"]):
            done = subprocess.run([TOOLS / "promtool", *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_alert_has_a_page_and_its_receiver(self):  # pitfalls D6, D11
        headings = re.findall(r"^## (\w+)$", (ROOT / "docs/runbooks.md").read_text(), re.M)
        for name, severity, component, page in alerts():
            self.assertIn(name, headings)
            self.assertEqual(page, f"docs/runbooks.md#{name.lower()}")
            wanted = "slo" if component == "slo" and severity != "critical" else severity
            route = subprocess.run(
                [TOOLS / "amtool", "config", "routes", "test",
                 "--config.file", DEPLOY / "alertmanager/alertmanager.yml", f"alertname={name}",
                 f"severity={severity}", f"component={component}"],
                capture_output=True, text=True)
            self.assertEqual(route.stdout.strip(), f"commandcenter-{wanted}", name)

    def test_an_alert_and_its_end_are_told_once_each(self):  # pitfall A11; feature 92
        server = self.serve()
        config = (DEPLOY / "alertmanager/alertmanager.yml").read_text()
        config = config.replace("127.0.0.1:9002", f"127.0.0.1:{server.port}")
        path = self.write("alertmanager.yml", re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", config))
        manager = self.start("prometheus-alertmanager", f"--config.file={path}", "--cluster.listen-address=",
                             f"--storage.path={self.folder}/alerts")
        wait_until(lambda: ask(f"{manager}/api/v2/status"), "Alertmanager is up")
        alert = {"labels": {"alertname": "ApprovalBacklog", "severity": "warning", "component": "workflows"},
                 "annotations": {"summary": "21 decisions wait for somebody"}}

        def runs():
            return [run for run in server.get("/api/runs").json["runs"] if run["status"] == "SUCCESS"]

        began = datetime.datetime.now(datetime.timezone.utc)

        def tell(ends):
            body = [alert | {"startsAt": began.isoformat(), "endsAt": ends.isoformat()}]
            ask(f"{manager}/api/v2/alerts", json.dumps(body).encode())

        hour = datetime.timedelta(hours=1)
        tell(began + hour)
        wait_until(lambda: len(runs()) == 1, "a run for the alert")
        tell(began + 2 * hour)  # again, as Prometheus does each minute
        tell(datetime.datetime.now(datetime.timezone.utc))
        wait_until(lambda: len(runs()) == 2, "a run for its end")
        self.assertEqual({run["trigger"] for run in runs()}, {"alertmanager_webhook"})


if __name__ == "__main__":
    unittest.main()
