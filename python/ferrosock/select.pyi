from ferrosock._native.select import *
