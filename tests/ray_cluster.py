"""A Ray cluster on this machine in a process of its own, for Ray leaves files and processes to whoever imports it.

A first node that does no work, and two that do. It prints its address; at a line on stdin it kills the second node, and
at the end of stdin, however that comes, it ends with all its processes.
"""

import sys
from typing import Any

from ray.cluster_utils import Cluster


def add(cluster: Cluster, cpus: int, tries: int = 3) -> Any:
    """A node. Ray waits for half a minute only, which is too short on a busy machine."""
    try:
        return cluster.add_node(num_cpus=cpus, object_store_memory=80_000_000, include_dashboard=False)
    except Exception:  # it raises nothing of its own
        if tries == 1:
            raise
        return add(cluster, cpus, tries - 1)


if __name__ == "__main__":
    cluster = Cluster()
    try:
        add(cluster, 0)
        second = add(cluster, 1)
        add(cluster, 1)
        print(f"address {cluster.address}", flush=True)
        if sys.stdin.readline():
            cluster.remove_node(second, allow_graceful=False)
            print("killed", flush=True)
        sys.stdin.read()
    finally:
        cluster.shutdown()
