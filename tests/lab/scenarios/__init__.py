"""All scenarios, in the order of the report: service, listen address, firewall,
routing, programs, path, controls, input, robustness."""
from scenario import for_families
from scenarios import (agents, ahead, arrival, closing, container, controls, docker, ecn, filtered,
                       firewall, foreseen,
                       answerers, answers, flight, loss,
                       front_ends, holders, hostile, inputs, led, link_rules, listener,
                       listener_queue,
                       misnamed, missing, moments, names, one_end, order, passed_on, path, programs, robustness, routing,
                       rule_limits, rules, services, silence, slow_ways, source, steps,
                       taken, typed_later, waiting, walks, way_of_others, ways)

MODULES = (listener, listener_queue, taken, closing, services, firewall, front_ends, rules,
           rule_limits, missing, ahead, foreseen, typed_later, routing, ways, way_of_others, link_rules, waiting, slow_ways,
           programs,
           path, walks, ecn, filtered, one_end, flight, arrival,
           loss, answerers, answers,
           container, passed_on, docker, moments, led, agents, holders, controls, inputs, order, source, names, hostile,
           misnamed,
           robustness, silence, steps)


def all_scenarios():
    found = [one for module in MODULES for scenario in module.SCENARIOS
             for one in for_families(scenario)]
    names = [one.name for one in found]
    assert len(names) == len(set(names)), "two scenarios of one name"
    return found
