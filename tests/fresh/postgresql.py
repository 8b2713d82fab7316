"""What stands for the image postgres:15: Debian's PostgreSQL 15, with that image's user, places and first steps."""

import shutil
from pathlib import Path

from dockerfile import Stage
from root import PATH, Root

data = "/var/lib/postgresql/data"
install = f"""
groupadd --system --gid 999 postgres
useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres
mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --quiet --yes --no-install-recommends postgresql-15
install --directory --owner postgres --group postgres --mode 1777 {data}
"""


def make(debian, path):
    root = Root.from_archive(debian, path)
    root.run(["bash", "-euo", "pipefail", "-c", install])
    entrypoint = "/usr/local/bin/docker-entrypoint.sh"
    shutil.copy2(Path(__file__).with_name("postgresql-entrypoint"), root / entrypoint)
    image = Stage(root)
    image.environment = {"PGDATA": data, "PATH": f"/usr/lib/postgresql/15/bin:{PATH}"}
    image.entrypoint = [entrypoint]
    return image
