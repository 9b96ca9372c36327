"""Every page's address. One list a part; a builder of a part adds only to its own list.

Paths as in the map of pages: `/clusters/<slug>/topics/<topic>/messages/`. Names of topics and groups travel by
`web/names.py`.
"""

from django.urls import path

from controlcenter.web import (
    account,
    api_docs,
    audit,
    brokers,
    choices,
    delete_topic,
    export,
    first_cluster,
    fleet,
    group,
    groups,
    health,
    history,
    jobs,
    messages,
    new_topic,
    overview,
    palette,
    produce,
    queries,
    setup,
    sign_in,
    sql,
    statistics,
    timeline,
    topic,
    topics,
    ws_ticket,
)

CLUSTER = "clusters/<slug:slug>/"
TOPIC = f"{CLUSTER}topics/<name:topic>/"
GROUP = f"{CLUSTER}groups/<name:group>/"
BROKER = f"{CLUSTER}brokers/<int:broker>/"

# Sign in, rights, audit, health
ACCESS = [
    path("login/", sign_in.sign_in, name="login"),
    path("logout/", sign_in.sign_out, name="logout"),
    path("setup/", setup.setup, name="setup"),
    path("setup/cluster/", first_cluster.first_cluster, name="first-cluster"),
    path("account/", account.account, name="account"),
    path("audit/", audit.audit, name="audit"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

# Fleet, overview, brokers, palette, timeline, history: fleet overview brokers broker broker-logdirs broker-configs
# broker-partitions timeline palette history
FRAME = [
    path("", fleet.fleet, name="fleet"),
    path("palette/", palette.palette, name="palette"),
    path(CLUSTER, overview.overview, name="overview"),
    path(f"{CLUSTER}history/", history.history, name="history"),
    path(f"{CLUSTER}timeline/", timeline.timeline, name="timeline"),
    path(f"{CLUSTER}brokers/", brokers.brokers, name="brokers"),
    path(BROKER, brokers.broker, name="broker"),
    path(f"{BROKER}logdirs/", brokers.log_dirs, name="broker-logdirs"),
    path(f"{BROKER}configs/", brokers.configs, name="broker-configs"),
    path(f"{BROKER}partitions/", brokers.partitions, name="broker-partitions"),
    path(f"{CLUSTER}topics/", topics.topics, name="topics"),
    path(f"{CLUSTER}favourites/", choices.favourite, name="favourites"),
    path(f"{CLUSTER}columns/", choices.columns, name="columns"),
]

# Topics: topics new-topic topic topic-partitions topic-consumers topic-config topic-activity topic-delete
TOPICS = [
    path(TOPIC, topic.topic, name="topic"),
    path(f"{TOPIC}partitions/", topic.topic_partitions, name="topic-partitions"),
    path(f"{TOPIC}consumers/", topic.topic_consumers, name="topic-consumers"),
    path(f"{TOPIC}config/", topic.topic_config, name="topic-config"),
    path(f"{TOPIC}activity/", topic.topic_activity, name="topic-activity"),
]

# Groups: groups group group-members group-events
GROUPS = [
    path(f"{CLUSTER}groups/", groups.groups, name="groups"),
    path(GROUP, group.group, name="group"),
    path(f"{GROUP}members/", group.group_members, name="group-members"),
    path(f"{GROUP}events/", group.group_events, name="group-events"),
    path(f"{GROUP}lags/", history.lags, name="group-lags"),
]

# Messages: topic-messages record messages-background saved-filters messages-export messages-export-all
# job-export topic-statistics; jobs job
MESSAGES = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:job>/", jobs.job, name="job"),
    path(f"{TOPIC}messages/formats/", messages.remember_serdes, name="remember-serdes"),
    path(f"{TOPIC}messages/filters/", messages.saved_filters, name="saved-filters"),
    path(f"{TOPIC}messages/export/", export.page, name="messages-export"),
    path(f"{TOPIC}messages/export-all/", export.every, name="messages-export-all"),
    path("jobs/<int:job>/export/", export.job, name="job-export"),
    path(f"{TOPIC}statistics/", statistics.topic_statistics, name="topic-statistics"),
    path(f"{TOPIC}messages/background/", jobs.begin, name="messages-background"),
    path(f"{TOPIC}messages/", messages.messages, name="topic-messages"),
    path(f"{TOPIC}records/<int:partition>/<int:offset>/", messages.record, name="record"),
]

# Produce: produce produce-run produce-sample
PRODUCE = [
    path(f"{TOPIC}produce/", produce.produce, name="produce"),
    path(f"{TOPIC}produce/runs/<slug:parcel>/", produce.run, name="produce-run"),
    path(f"{TOPIC}produce/sample/", produce.sample, name="produce-sample"),
]

# SQL: sql sql-streams sql-tables sql-queries sql-functions sql-history sql-result sql-from-topic, and what their scripts ask
SQL = [
    path(f"{CLUSTER}query/", sql.sql, name="sql"),
    path(f"{CLUSTER}query/streams/", sql.sources, {"kind": "streams"}, name="sql-streams"),
    path(f"{CLUSTER}query/tables/", sql.sources, {"kind": "tables"}, name="sql-tables"),
    path(f"{CLUSTER}query/queries/", sql.queries, name="sql-queries"),
    path(f"{CLUSTER}query/functions/", sql.functions, name="sql-functions"),
    path(f"{CLUSTER}query/history/", sql.history, name="sql-history"),
    path(f"{CLUSTER}query/results/<slug:query>/", sql.result, name="sql-result"),
    path(f"{CLUSTER}query/sheets/", sql.keep_sheet, name="sql-sheets"),
    path(f"{CLUSTER}query/saved/", sql.keep_query, name="sql-saved"),
    path(f"{CLUSTER}query/complete/", queries.complete, name="sql-complete"),
    path(f"{TOPIC}stream/", sql.from_topic, name="sql-from-topic"),
    path(f"{TOPIC}stream/columns/", sql.columns_of_topic, name="sql-topic-columns"),
    path(f"{CLUSTER}query/run/", queries.run, name="sql-run"),
    path(f"{CLUSTER}query/check/", queries.check, name="sql-check"),
    path(f"{CLUSTER}query/tidy/", queries.tidy, name="sql-tidy"),
    path(f"{CLUSTER}query/persistent/", queries.persistent_queries, name="sql-persistent"),
    path(f"{CLUSTER}query/results/<slug:query>.json", queries.result, name="sql-result-json"),
]

# Live: ws-ticket
LIVE = [path("ws-ticket/", ws_ticket.ws_ticket, name="ws-ticket")]

# Changes: new-topic topic-delete; the API's own page
CHANGES = [
    path(f"{CLUSTER}new-topic/", new_topic.new_topic, name="new-topic"),
    path(f"{TOPIC}delete/", delete_topic.delete_topic, name="topic-delete"),
    path("api/docs", api_docs.api_docs, name="api-docs"),
]

urlpatterns = [*CHANGES, *ACCESS, *FRAME, *TOPICS, *GROUPS, *MESSAGES, *PRODUCE, *SQL, *LIVE]
