"""A small organisation in YAML for tests of pages: two teams, a system, services, an API."""

from pathlib import Path

from django.utils import timezone

from apps.catalog import services

YAML = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: acme, title: Acme}
spec: {type: company, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments, title: Payments}
spec: {type: team, parent: acme, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: dana, title: Dana Okafor}
spec: {memberOf: [payments]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: money, title: Money}
spec: {owner: payments}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ledger
  description: Posts journal entries
  tags: [python, kafka]
  annotations: {github.com/project-slug: acme/ledger}
  links:
    - {url: "https://runbook.example/", title: Runbook}
    - {url: "javascript:alert(1)", title: Bad link}
spec: {type: service, lifecycle: production, owner: payments, system: money,
       dependsOn: ["component:rates", "resource:gone"], providesApis: [orders]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: rates, description: "=cmd()"}
spec: {type: library, lifecycle: experimental, owner: payments}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: forlorn}
spec: {type: service, lifecycle: production, owner: "group:default/nobody-knows"}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: orders, title: Orders API}
spec:
  type: openapi
  lifecycle: production
  owner: payments
  definition: |
    openapi: 3.1.0
    info: {title: Orders, version: "1", description: "</script><script>window.hacked = 1</script>"}
    paths:
      /orders:
        get: {summary: List orders, responses: {"200": {description: ok}}}
"""


def ingest(path: Path, text: str = YAML) -> None:
    """Bring what `text` describes into the catalog, from a file at `path`."""
    path.write_text(text)
    now = timezone.now()
    location = services.register_location(actor=None, target=str(path), now=now, trusted=True)
    services.process_location_now(location_id=location.pk, now=now)
