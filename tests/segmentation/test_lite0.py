"""What the learner of our network leaves as it is, what it mixes, and what it keeps."""

import numpy as np
import pytest

from segmentation import crops
from segmentation.dataset import Labelled
from segmentation.errors import SegmentationError

pytest.importorskip("torch")


def test_kept_stages_stay_and_the_rest_learns(pictures: list[Labelled]) -> None:
    from segmentation.lite0 import Lite0Learner, Lite0Settings
    from segmentation.training import Course

    settings = Lite0Settings(steps=1, batch=2, kept_stages=2, half=True)
    learner = Lite0Learner(crops.Shares([pictures], [1.0]), settings, start=None)
    before = {name: value.clone() for name, value in learner.network.state_dict().items()}
    list(learner.epoch(0, Course(1, 1)))
    changed = {name for name, value in learner.network.state_dict().items() if (value != before[name]).any()}
    kept = [
        name
        for name in before
        if name.startswith(("encoder._conv_stem", "encoder._bn0", "encoder._blocks.0.", "encoder._blocks.2."))
    ]
    assert kept
    assert not changed & set(kept)
    assert {"head.weight", "encoder._blocks.3._project_conv.weight", "encoder._blocks.3._bn0.running_mean"} <= changed


def test_styles_are_mixed_among_pictures_while_learning_and_never_after() -> None:
    import torch

    from segmentation.network import Lite0Pyramid

    torch.manual_seed(1)
    network = Lite0Pyramid()
    network.encoder.keep(6)  # the only thing that training then changes is the mixing
    dark_and_bright = torch.rand(2, 3, 64, 64) * 60 + torch.tensor([20.0, 180.0]).view(2, 1, 1, 1)
    with torch.no_grad():
        plain = network.encoder(dark_and_bright)[1]
        network.encoder.mix_style = 1.0
        mixed = [network.encoder(dark_and_bright)[1] for _ in range(20)]
        network.eval()
        settled = network.encoder(dark_and_bright)[1]
    torch.testing.assert_close(settled, plain)
    assert any(not torch.allclose(one, plain, atol=1e-3) for one in mixed)
    means, own = torch.stack([one.mean((2, 3)) for one in mixed]), plain.mean((2, 3))
    apart = (own[0] - own[1]).abs()
    told = apart > apart.median()
    places = (means - own[1])[..., told] / (own[0] - own[1])[told]
    assert places.mean(-1).min() > -0.3
    assert places.mean(-1).max() < 1.3


def test_what_is_kept_holds_its_share_of_what_was_begun_from(pictures: list[Labelled]) -> None:
    from segmentation.engine import WEIGHTS
    from segmentation.lite0 import Lite0Learner, Lite0Settings
    from segmentation.training import Course

    data = crops.Shares([pictures], [1.0])
    settings = Lite0Settings(steps=1, batch=2, keep_start=0.25)
    with pytest.raises(SegmentationError, match="give them with --start"):
        Lite0Learner(data, settings, start=None)
    learner = Lite0Learner(data, settings, start=WEIGHTS.with_name("lite0.fp32.onnx"))
    begun = learner.network.state_dict()["head.weight"].clone()
    list(learner.epoch(0, Course(1, 1)))
    learnt = learner.state()["mean"]["head.weight"]
    assert (learnt != begun).any()
    np.testing.assert_allclose(learner.network.state_dict()["head.weight"], 0.25 * begun + 0.75 * learnt, atol=1e-7)
