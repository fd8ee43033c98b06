"""The accuracy bench: compositions of faults and decoys, drawn at random and
judged by an oracle that knows what was injected and in which order a packet
meets it.  See compose.py.
"""
