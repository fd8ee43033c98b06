# The worker's tests.  Those that start it need root and skip otherwise: they
# run it in network namespaces of their own.
foreach(name IN ITEMS worker worker_names walk walk_back trials)
  probe_unit_test(${name} SOURCES test_${name}.c walk_lab.c worker_session.c lab.c
    LIBS probe)
  target_compile_definitions(test_${name} PRIVATE
    WORKER_PATH="$<TARGET_FILE:probe-agent-worker>")
  add_dependencies(test_${name} probe-agent-worker)
endforeach()

probe_unit_test(probe_aftermath SOURCES test_aftermath.c LIBS probe)
probe_unit_test(probe_identity SOURCES test_identity.c LIBS probe)
probe_unit_test(trial_shape SOURCES test_trial_shape.c LIBS probe)
probe_unit_test(segment SOURCES test_segment.c LIBS segment)
probe_unit_test(segment_labels SOURCES test_segment_labels.c LIBS segment)
probe_unit_test(capture SOURCES test_capture.c LIBS observe PkgConfig::libpcap)
probe_unit_test(packet_socket SOURCES test_packet_socket.c lab.c LIBS observe)

probe_unit_test(worker_hosts_file SOURCES test_hosts_file.c
  ${PROJECT_SOURCE_DIR}/agent/worker/hosts_file.c LIBS trace)
probe_unit_test(worker_observing SOURCES test_observing.c
  ${PROJECT_SOURCE_DIR}/agent/worker/evidence_queue.c
  ${PROJECT_SOURCE_DIR}/agent/worker/observing.c LIBS trace PkgConfig::libuv)
probe_unit_test(worker_intake SOURCES test_intake.c
  ${PROJECT_SOURCE_DIR}/agent/worker/intake.c LIBS trace)
