"""Workflow files: their form, their expressions and what starts them; pure, no Django."""
