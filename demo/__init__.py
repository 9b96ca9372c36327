"""Real Kafka from packages alone: the cluster that `make run` shows, its traffic, and the clusters of tests and benches.

artifacts  Kafka's jars and a Java to run them, fetched once and held to demo/*.lock
cluster    KafkaCluster (KRaft) and ZooKeeperCluster: start, kill, pause, restart
traffic    taxi rides and oddities, about 50 records a second, and groups that read them
"""
