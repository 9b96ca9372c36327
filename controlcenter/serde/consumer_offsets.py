"""What brokers keep of groups in __consumer_offsets: positions, and the state of every kind of group.

The first two bytes of a key say which record it is; its value can be read only beside it. The table is Kafka 4.4's, and
reads older ones; fields in the words of Kafka's own message definitions (`coordinator` explains the notation).
"""

from controlcenter.serde import coordinator
from controlcenter.serde.values import Asked, Decoded

NAME = "consumer_offsets"
TOPIC = "__consumer_offsets"
TABLE = """
1 offset commit
    group:string topic:string partition:int32
    4+ offset:int64 leaderEpoch:int32@3+ metadata:string commitTimestamp:int64 expireTimestamp:int64@1 topicId:uuid@4+#0
2 group metadata
    group:string
    4+ protocolType:string generation:int32 protocol:string? leader:string? currentStateTimestamp:int64@2+
      members:[](memberId:string groupInstanceId:string@3+? clientId:string clientHost:string rebalanceTimeout:int32@1+
      sessionTimeout:int32 subscription:bytes assignment:bytes)
3 consumer group metadata
    groupId:string
    0+ epoch:int32 metadataHash:int64#0
4 consumer group partition metadata
    groupId:string
    0+ topics:[](topicId:uuid topicName:string numPartitions:int32 partitionMetadata:[](partition:int32 racks:[]string))
5 consumer group member metadata
    groupId:string memberId:string
    0+ instanceId:string? rackId:string? clientId:string clientHost:string subscribedTopicNames:[]string
      subscribedTopicRegex:string? rebalanceTimeoutMs:int32 serverAssignor:string? classicMemberMetadata:(sessionTimeoutMs:int32
      supportedProtocols:[](name:string metadata:bytes))#0?
6 consumer group target assignment metadata
    groupId:string
    0+ assignmentEpoch:int32 assignmentTimestamp:int64#0
7 consumer group target assignment member
    groupId:string memberId:string
    0+ topicPartitions:[](topicId:uuid partitions:[]int32)
8 consumer group current member assignment
    groupId:string memberId:string
    0+ memberEpoch:int32 previousMemberEpoch:int32 state:int8 assignedPartitions:[](topicId:uuid partitions:[]int32
      assignmentEpochs:[]int32#0?) partitionsPendingRevocation:[](topicId:uuid partitions:[]int32 assignmentEpochs:[]int32#0?)
10 share group member metadata
    groupId:string memberId:string
    0+ rackId:string? clientId:string clientHost:string subscribedTopicNames:[]string
11 share group metadata
    groupId:string
    0+ epoch:int32 metadataHash:int64
12 share group target assignment metadata
    groupId:string
    0+ assignmentEpoch:int32 assignmentTimestamp:int64#0
13 share group target assignment member
    groupId:string memberId:string
    0+ topicPartitions:[](topicId:uuid partitions:[]int32)
14 share group current member assignment
    groupId:string memberId:string
    0+ memberEpoch:int32 previousMemberEpoch:int32 state:int8 assignedPartitions:[](topicId:uuid partitions:[]int32)
15 share group state partition metadata
    groupId:string
    0+ initializingTopics:[](topicId:uuid topicName:string partitions:[]int32) initializedTopics:[](topicId:uuid topicName:string
      partitions:[]int32) deletingTopics:[](topicId:uuid topicName:string)
16 consumer group regular expression
    groupId:string regularExpression:string
    0+ topics:[]string version:int64 timestamp:int64
17 streams group metadata
    groupId:string
    0+ epoch:int32 metadataHash:int64 validatedTopologyEpoch:int32#0 lastAssignmentConfigs:[](key:string value:string)#1?
      storedDescriptionTopologyEpoch:int32#2 failedDescriptionTopologyEpoch:int32#3
19 streams group member metadata
    groupId:string memberId:string
    0+ instanceId:string? rackId:string? clientId:string clientHost:string rebalanceTimeoutMs:int32 topologyEpoch:int32
      processId:string userEndpoint:(host:string port:uint16)? clientTags:[](key:string value:string)
20 streams group target assignment metadata
    groupId:string
    0+ assignmentEpoch:int32 assignmentTimestamp:int64#0
21 streams group target assignment member
    groupId:string memberId:string
    0+ activeTasks:[](subtopologyId:string partitions:[]int32) standbyTasks:[](subtopologyId:string partitions:[]int32)
      warmupTasks:[](subtopologyId:string partitions:[]int32)
22 streams group current member assignment
    groupId:string memberId:string
    0+ memberEpoch:int32 previousMemberEpoch:int32 state:int8 activeTasks:[](subtopologyId:string partitions:[]int32
      assignmentEpochs:[]int32#0?) standbyTasks:[](subtopologyId:string partitions:[]int32 assignmentEpochs:[]int32#0?)
      warmupTasks:[](subtopologyId:string partitions:[]int32 assignmentEpochs:[]int32#0?)
      activeTasksPendingRevocation:[](subtopologyId:string partitions:[]int32 assignmentEpochs:[]int32#0?)
      standbyTasksPendingRevocation:[](subtopologyId:string partitions:[]int32 assignmentEpochs:[]int32#0?)
      warmupTasksPendingRevocation:[](subtopologyId:string partitions:[]int32 assignmentEpochs:[]int32#0?)
23 streams group topology
    groupId:string
    0+ epoch:int32 subtopologies:[](subtopologyId:string sourceTopics:[]string sourceTopicRegex:[]string
      stateChangelogTopics:[](name:string partitions:int32 replicationFactor:int16 topicConfigs:[](key:string value:string))
      repartitionSinkTopics:[]string repartitionSourceTopics:[](name:string partitions:int32 replicationFactor:int16
      topicConfigs:[](key:string value:string)) copartitionGroups:[](sourceTopics:[]int16 sourceTopicRegex:[]int16
      repartitionSourceTopics:[]int16))
"""
RECORDS = coordinator.table(TABLE)
RECORDS[0] = RECORDS[1]  # a commit of before Kafka 0.9; its fields are the same


def decode(data: bytes | None, asked: Asked) -> Decoded:
    """Return a key, or the value beside its key, as JSON."""
    return coordinator.decode(NAME, TOPIC, RECORDS, data, asked)
