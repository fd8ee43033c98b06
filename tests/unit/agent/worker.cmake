# The worker's tests.  Those that start it need root and skip otherwise.
probe_unit_test(worker SOURCES test_worker.c worker_session.c lab.c LIBS trace)
target_compile_definitions(test_worker PRIVATE
  WORKER_PATH="$<TARGET_FILE:probe-agent-worker>")
add_dependencies(test_worker probe-agent-worker)

# Its real routers live in network namespaces.
probe_unit_test(walk SOURCES test_walk.c worker_session.c lab.c LIBS probe
  observe)
target_compile_definitions(test_walk PRIVATE
  WORKER_PATH="$<TARGET_FILE:probe-agent-worker>")
add_dependencies(test_walk probe-agent-worker)

probe_unit_test(segment SOURCES test_segment.c LIBS segment)
probe_unit_test(capture SOURCES test_capture.c LIBS observe PkgConfig::libpcap)
