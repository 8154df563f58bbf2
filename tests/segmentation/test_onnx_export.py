from itertools import islice
from pathlib import Path

import av
import numpy as np

from segmentation.engine import WEIGHTS, OnnxNetwork
from segmentation.regions import INPUT_WH
from segmentation.stills import Still
from sessions import demo

FAINT = -4.0  # logit: from here on a cell may be a body
HAZE = 150  # grey that lies over a pale picture
HORIZON_XYXY = (352, 100, 800, 352)


def test_the_quantised_weights_say_of_pale_pictures_nearly_what_the_whole_ones_do() -> None:
    quantised, whole = OnnxNetwork(), OnnxNetwork(WEIGHTS.with_name("lite0.fp32.onnx"))
    with av.open(Path(demo.__file__).with_name("onboard.mp4")) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in islice(clip.decode(video=0), 0, 300, 60)]
    away = []
    for picture in pictures:
        pale = Still((0.3 * picture + 0.7 * HAZE).astype(np.uint8))
        for region in ((0, 0, *pale.size_wh), HORIZON_XYXY):
            rgb = pale.rgb(INPUT_WH, region)
            told = whole.answer(rgb)[0]
            away.append((quantised.answer(rgb)[0] - told)[told > FAINT])
    # .28 with the first block quantised like the rest, .18 with it in fp32.
    assert np.concatenate(away).std() < 0.23
