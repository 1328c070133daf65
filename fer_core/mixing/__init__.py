"""Mixings plan with NumPy which rows are blended how; `compose` turns a plan into pictures and soft targets."""
