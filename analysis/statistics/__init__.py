"""Statistics of expert interviews: pure functions on arrays and frames.

Orientation, everywhere: reliability data are coders x units (float, NaN = not coded), incidence is
experts x codes (bool), ratings are experts x items (float, NaN = no answer), counts are 1-d.
"""
