"""What training minimises; a door of PyTorch."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

CAR_WEIGHT = 2.0  # a cell of a car counts this much more than one of the road: cars are rare
FEWEST_CENTRES = 4  # a batch with hardly a car in it would otherwise shout about its few centres
_SURE = 0.999


@dataclass(frozen=True, slots=True)
class Parts:
    """The objective's parts, and the mean intersection over union of the boxes told at centres."""

    classes: float
    dice: float
    centre: float
    sides: float
    box_iou: float


def objective(
    answer: Tensor,
    classes: Tensor,
    class_weight: Tensor,
    centre: Tensor,
    centre_weight: Tensor,
    sides: Tensor,
    sides_weight: Tensor,
) -> tuple[Tensor, Parts]:
    """Return the loss of a batch and its parts.

    Cross-entropy and soft Dice (Milletari et al. 2016) for the classes, the focal loss of Zhou et al. 2019 ("Objects as
    Points") for centres, and generalised IoU (Rezatofighi et al. 2019) with smooth L1 on the log distances for the sides.

    Args:
        answer: (n, 7, h, w), the network's.
        classes: (n, 2, h, w), and the rest as in `Target`, with a leading n.
        class_weight: (n, 2, h, w).
        centre: (n, h, w).
        centre_weight: (n, h, w).
        sides: (n, 4, h, w).
        sides_weight: (n, h, w).
    """
    entropy = functional.binary_cross_entropy_with_logits(answer[:, :2], classes, reduction="none")
    weight = class_weight.clone()
    weight[:, 0] *= 1 + CAR_WEIGHT * (classes[:, 0] > 0.05)
    by_class = (entropy * weight).sum() / class_weight.sum().clamp(min=1)
    by_dice = _dice(answer[:, 0].sigmoid() * class_weight[:, 0], classes[:, 0] * class_weight[:, 0])
    by_centre = _focal(answer[:, 2].sigmoid().clamp(1e-4, 1 - 1e-4), centre, centre_weight)
    iou, giou = _overlaps(answer[:, 3:7].exp(), sides.exp())
    count = sides_weight.sum().clamp(min=1)
    away = functional.smooth_l1_loss(answer[:, 3:7], sides, reduction="none", beta=0.1).mean(1)
    by_sides = ((1 - giou + 0.5 * away) * sides_weight).sum() / count
    mean_iou = (iou * sides_weight).sum() / count
    loss = 3 * by_class + 0.5 * by_dice + by_centre + 2.5 * by_sides
    return loss, Parts(by_class.item(), by_dice.item(), by_centre.item(), by_sides.item(), mean_iou.item())


def _dice(told: Tensor, wanted: Tensor) -> Tensor:
    both = (told * wanted).sum((1, 2))
    answer: Tensor = (1 - (2 * both + 1) / ((told * told).sum((1, 2)) + (wanted * wanted).sum((1, 2)) + 1)).mean()
    return answer


def _focal(told: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    is_centre = (wanted >= _SURE).float()
    hit = is_centre * (1 - told) ** 2 * told.log()
    miss = (1 - is_centre) * (1 - wanted) ** 4 * told**2 * (1 - told).log()
    answer: Tensor = -((hit + miss) * weight).sum() / is_centre.sum().clamp(min=FEWEST_CENTRES)
    return answer


def _overlaps(told: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return (n, h, w) IoU and generalised IoU of boxes given as (n, 4, h, w) distances from one point."""
    least, most = told.minimum(wanted), told.maximum(wanted)
    shared = (least[:, 0] + least[:, 2]) * (least[:, 1] + least[:, 3])
    around = (most[:, 0] + most[:, 2]) * (most[:, 1] + most[:, 3])
    areas = sum((box[:, 0] + box[:, 2]) * (box[:, 1] + box[:, 3]) for box in (told, wanted))
    union = areas - shared
    iou = shared / (union + 1e-6)
    return iou, iou - (around - union) / (around + 1e-6)
