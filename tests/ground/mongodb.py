"""mongodb.py PORT FOLDER: SecantusDB, which speaks MongoDB's protocol over a real WiredTiger, as ground/mongodb starts it.

Every commit is synced; it ends by SIGTERM."""

import signal
import sys

from secantus import SecantusDBServer

port, folder = sys.argv[1:]
ends = {signal.SIGTERM, signal.SIGINT}
# Before it has threads, so that none of them takes the signal.
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
server = SecantusDBServer(host="127.0.0.1", port=int(port), storage_path=folder, sync_on_commit=True,
                          ttl_sweep_seconds=1.0, cache_size="512M")
server.start()
signal.sigwait(ends)
server.stop()
