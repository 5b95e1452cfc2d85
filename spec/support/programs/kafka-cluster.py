"""The mock cluster of librdkafka: one broker that speaks Kafka's protocol, in memory.

Prints the broker's address, then answers each line of standard input with "ok":
    fail API CODE ...   the next requests of an API (0 is Produce) fail with these error codes
    down / up           the broker closes its connections and accepts none / accepts connections again
It ends with its input.
"""

import ctypes
import sys

library = ctypes.CDLL("librdkafka.so.1")


def function(name, result, *arguments):
    found = getattr(library, "rd_kafka_" + name)
    found.restype, found.argtypes = result, arguments
    return found


Pointer, Int, Text, Size = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t

configuration = function("conf_new", Pointer)()
# Not a word about the missing bootstrap.servers: the cluster needs a client as its owner, which connects to nothing.
function("conf_set_log_cb", None, Pointer, Pointer)(configuration, None)
client = function("new", Pointer, Int, Pointer, Text, Size)(0, configuration, ctypes.create_string_buffer(512), 512)
cluster = function("mock_cluster_new", Pointer, Pointer, Int)(client, 1)
push_errors = function("mock_push_request_errors_array", None, Pointer, ctypes.c_int16, Size, Pointer)
set_down = function("mock_broker_set_down", Int, Pointer, ctypes.c_int32)
set_up = function("mock_broker_set_up", Int, Pointer, ctypes.c_int32)

print(function("mock_cluster_bootstraps", Text, Pointer)(cluster).decode(), flush=True)
for line in sys.stdin:
    command, *numbers = line.split()
    if command == "fail":
        api, *codes = map(int, numbers)
        push_errors(cluster, api, len(codes), (Int * len(codes))(*codes))
    elif command == "down":
        set_down(cluster, 1)
    elif command == "up":
        set_up(cluster, 1)
    print("ok", flush=True)
