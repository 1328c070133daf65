"""Facial-state models: train, load, examine. Importing this package loads nothing heavy.

A map of the rooms, from the ground up:

- ``contracts`` ``labels`` ``parts`` ``seeds``: what the rooms agree on; label sets by name; tables of parts; random
  streams.
- ``recipe`` ``runs`` ``tables`` ``weights`` ``metrics`` ``pictures`` ``faces``: a recipe, a run's directory, tables and
  weights on disk, metrics of stored predictions, pictures opened safely, faces found and cropped
  (``anchors``: brought onto a template); ``coherence``: whether a recipe's sections fit each other.
- ``video`` ``tracking`` ``eyes`` ``timeline`` ``clip``: videos by their stamps, faces followed, openness, and what
  follows from it by the second: blinks, PERCLOS, states, alarms.
- ``backbones`` ``heads`` ``mixing`` ``losses`` ``data``: the parts that a recipe names, and the data readers;
  ``data.people`` do not exist.
- ``pretrained``: known weight files, the store, and the one function by which a backbone takes them. ``start``: what a
  training begins from, another run for one.
- ``assembly``: the only place that builds a model from a recipe. ``costs``: its parameters and multiply-accumulates.
- ``evaluation`` ``predictor``: a finished run at work. ``explain``: where in a face the evidence lies, and whether to
  believe the map that says so; ``heatmap`` draws it. ``robustness``: the same on crops that are covered,
  blurred, dark, turned or coarse, as ``disturbances`` makes them; ``sight``: one face so.
- ``meetings`` ``mixture``: two faces mixed as a training would mix them. ``between``: what a network sees while one
  becomes the other. ``pairs``: the mixed rows a run adds to its training, kept. ``batches`` ``rehearsal``: what a step
  learns from, planned for the trainer, and shown with its loss terms before anything is learned.
- ``alignment`` ``compare`` ``ensemble`` ``calibration``: stored predictions of runs brought to one order, laid side by
  side, summed, and asked whether they are as sure as they are right.
- ``features`` ``vectors`` ``embedding``: tables of feature vectors, ours or made by others; found by a file's or run's
  name; a run's spaces written as one. ``leakage``: how well people are found again by them; ``erasure``: with that
  taken out, linearly. ``projection``: the same on a plane, to look at, and new ones
  placed there. ``neighbours``: whom a vector resembles. ``ood``: how usual a face is for a run.
- ``published``: the papers' tables as data, misprints beside the numbers. ``beside``: a study of ours laid beside one.
- ``penalties``: what a space may not know of a person. ``training`` ``loop`` ``steps`` ``progress``: from a recipe to
  a run. ``grid`` ``sweep`` ``studies``: many of them, row by row and seed by seed.
  ``crossvalidation``: one recipe, each group of people left out once. ``benchmarks``: how fast things are.
- ``origin`` ``report``: where figures come from, in one line; what is stored with a run as one HTML file, in the
  ``colours`` of the pages.
- ``cli``: the ``fer`` command.
"""

__version__ = "0.1.0"
