"""The smallest cluster worth watching: three brokers, a topic of one partition with 100 records, a group 60 behind."""

from controlcenter.kafka.fake import FakeCluster


def small_cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.add_topic("rides", 1, 3, placement=[[1, 2, 3]])
    cluster.append("rides", 0, 100, size_bytes=10)
    cluster.add_group("settler")
    cluster.commit("settler", "rides", 0, 40)
    return cluster


def silence(cluster: FakeCluster) -> None:
    for broker in cluster.brokers:
        cluster.break_broker(broker)


def wake(cluster: FakeCluster) -> None:
    for broker in list(cluster.broken):
        cluster.mend_broker(broker)
