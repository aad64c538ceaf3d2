"""Acme, the demonstration organisation: its people, repositories, pipelines and catalog."""
