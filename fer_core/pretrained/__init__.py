"""Pre-trained weights: which files are known, what of them is on this machine, and how their tensors are named here.

``known`` and ``store`` are torch-free. A backbone takes its weights from ``loading.pretrained_state`` and nowhere else.
"""
