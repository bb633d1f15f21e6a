"""Curation: captions matched against metadata, then balanced, after MetaCLIP (Xu et al., arXiv 2309.16671).

In the order of the data: `metadata` and `sources` (what is looked for), `captions` (what is looked through), `spelling`
and `matching` (what is found), `pool` (all of it, shard by shard), `balancing` and `online` (what is kept), `baselines`
and `selection` (what it is compared with), `output`, `card`, `page` and `explain` (what is told).
"""
