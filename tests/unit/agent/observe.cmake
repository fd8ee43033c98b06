set(observe_tests ${CMAKE_CURRENT_SOURCE_DIR}/observe)

probe_unit_test(observe_texts SOURCES ${observe_tests}/test_texts.c
  LIBS observe)
foreach(subject IN ITEMS rules state)
  probe_unit_test(observe_${subject} SOURCES ${observe_tests}/test_${subject}.c
    ${observe_tests}/lab.c ${observe_tests}/fake_worker.c LIBS observe)
endforeach()

# A tool for looking at what the observers say on a host of one's own.
add_executable(observe_driver ${observe_tests}/driver.c
  ${observe_tests}/fake_worker.c)
target_link_libraries(observe_driver PRIVATE probe_flags observe)

probe_unit_test(observe_strangers SOURCES test_strangers.c LIBS observe)
