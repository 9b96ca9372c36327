"""The formats by name. An open table: whoever has a schema registry adds AVRO, PROTOBUF and JSON_SR beside these."""

from collections.abc import Mapping

from controlcenter.sql.wire import delimited, json, kafka, none
from controlcenter.sql.wire.base import Wire

FORMATS: Mapping[str, Wire] = {"JSON": json, "DELIMITED": delimited, "KAFKA": kafka, "NONE": none}  # each module is a Wire
