"""Changing a cluster: form → action → preview → permission → admin call → audit → refresh.

One frozen action value is previewed, permitted, performed, audited and shown again. `perform` is the only door to a change.

topics    the actions on topics: what they check, what they touch, what they call
records   writing records, whose bytes travel beside the action in parcels
preview   what an action would do now, and the hash of the plan
perform   permission, plan, audit intent, hand-over to a worker, outcome
work      the worker's side: claim the intent, call Kafka, write the outcome
"""

from controlcenter.operate.records import ProduceRecords
from controlcenter.operate.topics import CreateTopic, DeleteTopic

ACTIONS = (CreateTopic, DeleteTopic, ProduceRecords)
