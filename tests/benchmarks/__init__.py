"""Measurements that `make bench` and `make weigh` take; `make test` only sees to it that their walker finds its way."""
