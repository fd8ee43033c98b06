set(observe_tests ${CMAKE_CURRENT_SOURCE_DIR}/observe)

# What observers see of a worker, with the worker's own way of showing them
# evidence.
add_library(observe_fake OBJECT ${observe_tests}/fake_worker.c
  ${PROJECT_SOURCE_DIR}/agent/worker/evidence_queue.c
  ${PROJECT_SOURCE_DIR}/agent/worker/limit.c
  ${PROJECT_SOURCE_DIR}/agent/worker/observing.c)
target_link_libraries(observe_fake PRIVATE probe_flags PUBLIC observe)

probe_unit_test(observe_drop_place
  SOURCES ${observe_tests}/test_drop_place.c LIBS observe)
foreach(subject IN ITEMS drops drop_faults)
  probe_unit_test(observe_${subject} SOURCES ${observe_tests}/test_${subject}.c
    ${observe_tests}/drops_lab.c ${observe_tests}/lab.c
    LIBS agent_keeper observe_fake)
  if(TARGET probe-agent-bpf)
    add_dependencies(test_observe_${subject} probe-agent-bpf)
  endif()
endforeach()
foreach(subject IN ITEMS container_id docker_state firewalld_zone front_ends neighbour_ask
    program rule_keys rule_match texts units)
  probe_unit_test(observe_${subject} SOURCES ${observe_tests}/test_${subject}.c
    LIBS observe)
endforeach()
probe_unit_test(observe_translated SOURCES
  ${observe_tests}/test_translated.c ../engine/written_evidence.c LIBS observe)
foreach(subject IN ITEMS foresight foresight_ahead questions rules rule_sets
        state)
  probe_unit_test(observe_${subject} SOURCES ${observe_tests}/test_${subject}.c
    ${observe_tests}/lab.c LIBS observe_fake)
endforeach()
foreach(subject IN ITEMS foresight foresight_ahead questions)
  target_sources(test_observe_${subject} PRIVATE ${observe_tests}/rule_line.c)
endforeach()
foreach(subject IN ITEMS foresight foresight_ahead)
  target_sources(test_observe_${subject}
    PRIVATE ${observe_tests}/foresight_lab.c)
endforeach()

# A tool for looking at what the observers say on a host of one's own.
add_executable(observe_driver ${observe_tests}/driver.c)
target_link_libraries(observe_driver PRIVATE probe_flags observe_fake)

probe_unit_test(observe_netlink SOURCES ${observe_tests}/test_netlink.c lab.c
  LIBS observe PkgConfig::libmnl)
probe_unit_test(observe_conntrack SOURCES ${observe_tests}/test_conntrack.c
  LIBS observe)
probe_unit_test(observe_strangers SOURCES test_strangers.c LIBS observe)
probe_unit_test(observe_namespace_open SOURCES test_namespace_open.c
  LIBS observe)
probe_unit_test(observe_programs SOURCES ${observe_tests}/test_programs.c
  LIBS observe_fake PkgConfig::libmnl)
probe_unit_test(observe_observers SOURCES ${observe_tests}/test_observers.c
  LIBS observe_fake)
