"""What the product knows of each cluster: cluster → poll → snapshot → delta → browser.

snapshot   every table and column we know; one immutable value per version
delta      what changed between two of them
poll       asks a cluster one kind of question
merge      puts an answer into a snapshot, pure: a failed part keeps its last good value and age
derive     totals, health, attention from what was merged, pure
schedule   which questions are due, pure
publish    writes under lease and fence to Redis
store      reads it back: the only door of web, live and api
watch      one cluster's loop: schedule → poll → merge → derive → publish → history and events
history    samples for charts; events: what happened, as rows
"""
