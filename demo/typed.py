"""Rides whose records have schemas: the same ride in Avro, Protobuf and JSON Schema, by the serializers of Confluent's client.

Someone else's code writes these bytes, so that what reads them is held to it.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pool, message_factory

from controlcenter.serde import proto_file
from demo.records import Record

AVRO = """{"type": "record", "name": "Ride", "namespace": "city.taxi", "fields": [
  {"name": "vendor", "type": {"type": "enum", "name": "Vendor", "symbols": ["UNKNOWN", "CREATIVE", "CURB"]}},
  {"name": "pickup_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
  {"name": "dropoff_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
  {"name": "passengers", "type": ["null", "int"], "default": null},
  {"name": "miles", "type": "double"},
  {"name": "from_zone", "type": "int"},
  {"name": "to_zone", "type": "int"},
  {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
  {"name": "surcharges", "type": {"type": "map", "values": "double"}}]}"""

JSON = """{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Ride", "type": "object", "additionalProperties": false,
  "required": ["vendor", "pickup_at", "dropoff_at", "miles", "from_zone", "to_zone", "total"],
  "properties": {
    "vendor": {"type": "string", "enum": ["UNKNOWN", "CREATIVE", "CURB"]},
    "pickup_at": {"type": "string"}, "dropoff_at": {"type": "string"},
    "passengers": {"type": ["integer", "null"], "minimum": 0},
    "miles": {"type": "number", "minimum": 0},
    "from_zone": {"type": "integer"}, "to_zone": {"type": "integer"},
    "total": {"type": "number"},
    "surcharges": {"type": "object", "additionalProperties": {"type": "number"}}}}"""

PROTOBUF = """syntax = "proto3";
package city.taxi;
import "google/protobuf/timestamp.proto";
message Ride {
  enum Vendor { UNKNOWN = 0; CREATIVE = 1; CURB = 2; }
  Vendor vendor = 1;
  google.protobuf.Timestamp pickup_at = 2;
  google.protobuf.Timestamp dropoff_at = 3;
  optional int32 passengers = 4;
  double miles = 5;
  int32 from_zone = 6;
  int32 to_zone = 7;
  int64 total_cents = 8;
  map<string, double> surcharges = 9;
}"""

VENDORS = {"1": "CREATIVE", "2": "CURB"}
TROUBLE = (SchemaRegistryError, httpx2.HTTPError)  # what a registry that is not there, or not well, makes its client raise
TOPICS = ("rides-avro", "rides-protobuf", "rides-json-schema")


class Writer:
    """Writes rides by a registry; prefix stands before every topic."""

    def __init__(self, registry_url: str, prefix: str = "") -> None:
        client = SchemaRegistryClient({"url": registry_url, "max.retries": 0})
        self.close = client.close
        self.prefix = prefix
        self._avro = AvroSerializer(client, AVRO)
        self._protobuf = ProtobufSerializer(Ride, client, {"use.deprecated.format": False})
        self._json = JSONSerializer(JSON, client)

    def of_ride(self, row: dict[str, Any]) -> list[Record]:
        """Return a ride as three records, keyed by where it ends."""
        key = str(row["DOLocationID"]).encode()
        found = plain(row)
        written = (
            self._avro({**found, "total": Decimal(str(found["total"]))}, self._to("rides-avro")),
            self._protobuf(as_message(found), self._to("rides-protobuf")),
            self._json(
                {**found, "pickup_at": _words(found["pickup_at"]), "dropoff_at": _words(found["dropoff_at"])}, self._to("rides-json-schema")
            ),
        )
        return [Record(topic, key, value) for topic, value in zip(TOPICS, written, strict=True)]

    def _to(self, topic: str) -> SerializationContext:
        return SerializationContext(self.prefix + topic, MessageField.VALUE)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a ride in the fields of the schemas; times in epoch milliseconds."""
    return {
        "vendor": VENDORS.get(row["VendorID"], "UNKNOWN"),
        "pickup_at": _epoch_ms(row["tpep_pickup_datetime"]),
        "dropoff_at": _epoch_ms(row["tpep_dropoff_datetime"]),
        "passengers": row["passenger_count"] or None,
        "miles": row["trip_distance"],
        "from_zone": row["PULocationID"],
        "to_zone": row["DOLocationID"],
        "total": row["total_amount"],
        "surcharges": {"congestion": row["congestion_surcharge"], "improvement": row["improvement_surcharge"]},
    }


def as_message(found: dict[str, Any]) -> Any:
    """Return a ride as a Protobuf message."""
    made = Ride(vendor=found["vendor"], miles=found["miles"], from_zone=found["from_zone"], to_zone=found["to_zone"])
    if found["passengers"] is not None:
        made.passengers = found["passengers"]
    made.pickup_at.FromMilliseconds(found["pickup_at"])
    made.dropoff_at.FromMilliseconds(found["dropoff_at"])
    made.total_cents = round(found["total"] * 100)
    made.surcharges.update(found["surcharges"])
    return made


def _ride() -> Any:
    """Return the class of the message, as protoc would have generated it."""
    pool = descriptor_pool.Default()
    pool.Add(proto_file.parse(PROTOBUF, "city/taxi/ride.proto"))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("city.taxi.Ride"))


Ride = _ride()


def _epoch_ms(text: str) -> int:
    return round(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp() * 1000)


def _words(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
