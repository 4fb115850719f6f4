"""The validation chapter: published examples reproduced, independent implementations matched."""
